// decide/ is pure: that it cannot see the Kubernetes client is what the build enforces, and this file is the proof.
#include "kube/client.h"
