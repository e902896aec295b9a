// How to reach a cluster and who we are there, as a kubeconfig says it.
// https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "http/url.h"
#include "kube/tls_source.h"
#include "kube/token_source.h"

namespace dso::kube {

// Names files but has not read them: what rotates is read by its user, again and again.
struct ClusterAccess {
  http::Url server{};
  TlsSource tls{};
  User user{};
  std::string context{};  // "" in a pod, which has no kubeconfig
  std::string default_namespace = "default";
};

// Where kubeconfigs are looked for: the first of the three that is not empty.
struct KubeconfigLocation {
  std::filesystem::path file{};  // of a flag
  std::string variable{};        // KUBECONFIG: several files, separated by colons, of which some may not exist
  std::filesystem::path home{};  // $HOME, for .kube/config

  static KubeconfigLocation OfProcess(std::filesystem::path file);
};

// Several files are merged as kubectl does it: the first to define an entry or the current context wins, relative paths
// are relative to the file that holds them. An empty `context` means the current one. Errors are kInvalidArgument: they
// name the file, the entry and the remedy, and never a secret. Reads files; thread-safe.
Result<ClusterAccess> LoadKubeconfig(const KubeconfigLocation& location, const std::string& context = "");

}  // namespace dso::kube
