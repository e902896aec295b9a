// Pods as an API server gives them, a state each, as merge patches (RFC 7396) of a pod that has just been made. All are
// created at 2026-12-01T09:00:00Z.
#pragma once

#include "kube/object.h"

namespace dso::controller::test {

// `patches` are applied in their order.
template <typename... Patches>
kube::Json SamplePod(const Patches&... patches) {
  kube::Json pod = kube::Json::parse(R"({
    "apiVersion": "v1", "kind": "Pod",
    "metadata": {"name": "chat-6c8d9-x2x5z", "namespace": "prod", "uid": "7c1f3a52-2f6e-4a1c-9d55-0a3f6f1f7b11",
                 "resourceVersion": "1811", "generateName": "chat-6c8d9-", "creationTimestamp": "2026-12-01T09:00:00Z",
                 "labels": {"app": "chat", "deepseek-operator.dev/service": "chat", "pod-template-hash": "6c8d9"},
                 "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "chat-6c8d9",
                                      "uid": "0e0f", "controller": true, "blockOwnerDeletion": true}]},
    "spec": {"containers": [{"name": "server", "image": "registry.local/chat:1",
                             "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}}}],
             "restartPolicy": "Always", "schedulerName": "default-scheduler"},
    "status": {"phase": "Pending", "qosClass": "Burstable"}
  })");
  (pod.merge_patch(kube::Json::parse(patches)), ...);
  return pod;
}

inline constexpr const char* kUnschedulable = R"({"status": {"conditions": [
  {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "lastProbeTime": null,
   "lastTransitionTime": "2026-12-01T09:00:00Z", "message": "0/12 nodes are available: 12 Insufficient nvidia.com/gpu."}
]}})";

inline constexpr const char* kContainerCreating = R"({"spec": {"nodeName": "gpu-7"}, "status": {"phase": "Pending",
  "hostIP": "10.0.0.7", "startTime": "2026-12-01T09:01:00Z",
  "conditions": [
    {"type": "PodReadyToStartContainers", "status": "False", "lastTransitionTime": "2026-12-01T09:01:00Z"},
    {"type": "Initialized", "status": "True", "lastTransitionTime": "2026-12-01T09:01:00Z"},
    {"type": "Ready", "status": "False", "reason": "ContainersNotReady", "lastTransitionTime": "2026-12-01T09:01:00Z"},
    {"type": "ContainersReady", "status": "False", "lastTransitionTime": "2026-12-01T09:01:00Z"},
    {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-12-01T09:01:00Z"}],
  "containerStatuses": [{"name": "server", "ready": false, "started": false, "restartCount": 0,
                         "state": {"waiting": {"reason": "ContainerCreating"}}}]}})";

// The others are patches on top of kContainerCreating.
inline constexpr const char* kImagePullBackOff = R"({"status": {
  "containerStatuses": [{"name": "server", "ready": false, "started": false, "restartCount": 0, "state": {"waiting": {
    "reason": "ImagePullBackOff", "message": "Back-off pulling image \"registry.local/chat:1\""}}}]}})";

inline constexpr const char* kInitCrashLoop = R"({"spec": {"initContainers": [{"name": "weights"}]}, "status": {
  "initContainerStatuses": [{"name": "weights", "ready": false, "restartCount": 4,
    "lastState": {"terminated": {"exitCode": 1}},
    "state": {"waiting": {"reason": "CrashLoopBackOff"}}}],
  "containerStatuses": [{"name": "server", "ready": false, "restartCount": 0,
                         "state": {"waiting": {"reason": "PodInitializing"}}}]}})";

inline constexpr const char* kRunning = R"({"status": {"phase": "Running",
  "containerStatuses": [{"name": "server", "ready": false, "started": true, "restartCount": 0,
                         "state": {"running": {"startedAt": "2026-12-01T09:03:00Z"}}}]}})";

// With a sidecar that started before the container.
inline constexpr const char* kReady = R"({
  "spec": {"initContainers": [{"name": "mesh", "restartPolicy": "Always"}]},
  "status": {"phase": "Running",
  "conditions": [
    {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-12-01T09:01:00Z"},
    {"type": "ContainersReady", "status": "True", "lastTransitionTime": "2026-12-01T09:03:41Z"},
    {"type": "Ready", "status": "True", "lastProbeTime": null, "lastTransitionTime": "2026-12-01T09:03:41.25Z"}],
  "initContainerStatuses": [{"name": "mesh", "ready": true, "started": true, "restartCount": 0,
                             "state": {"running": {"startedAt": "2026-12-01T09:01:30Z"}}}],
  "containerStatuses": [
    {"name": "logs", "ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-12-01T09:02:00Z"}}},
    {"name": "server", "ready": true, "started": true, "restartCount": 0,
     "state": {"running": {"startedAt": "2026-12-01T09:03:00Z"}}}]}})";

// On top of kReady: it was ready, and its node has lost it.
inline constexpr const char* kLapsed = R"({"status": {"conditions": [
    {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-12-01T09:01:00Z"},
    {"type": "Ready", "status": "False", "lastTransitionTime": "2026-12-01T15:20:00Z"}]}})";

inline constexpr const char* kCrashLoop = R"({"status": {"phase": "Running",
  "containerStatuses": [{"name": "server", "ready": false, "started": false, "restartCount": 7,
    "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}}}]}})";

inline constexpr const char* kTerminating = R"({"metadata": {"deletionTimestamp": "2026-12-01T10:00:30Z",
                                                             "deletionGracePeriodSeconds": 30}})";

inline constexpr const char* kSucceeded = R"({"status": {"phase": "Succeeded",
  "conditions": [{"type": "Ready", "status": "False", "reason": "PodCompleted",
                  "lastTransitionTime": "2026-12-01T09:30:00Z"},
                 {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-12-01T09:01:00Z"}],
  "containerStatuses": [{"name": "server", "ready": false, "restartCount": 0,
                         "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}]}})";

inline constexpr const char* kEvicted = R"({"status": {"phase": "Failed", "reason": "Evicted", "conditions": null,
                                                       "containerStatuses": null}})";

}  // namespace dso::controller::test
