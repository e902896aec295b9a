#include "kube/in_cluster.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "kube/kubeconfig_file.h"

namespace dso::kube {
namespace {

// Every API server's certificate has this name; an IPv6 literal is what cpprestsdk cannot connect to.
constexpr std::string_view kServiceName = "kubernetes.default.svc";

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Error NotMounted(Error error) {
  error.message += ", and that the pod has a service account whose automountServiceAccountToken is not false";
  return error;
}

}  // namespace

InClusterEnvironment InClusterEnvironment::OfProcess() {
  return {.service_host = Variable("KUBERNETES_SERVICE_HOST"), .service_port = Variable("KUBERNETES_SERVICE_PORT")};
}

Result<ClusterAccess> LoadInCluster(const InClusterEnvironment& environment) {
  if (environment.service_host.empty() || environment.service_port.empty()) {
    return InvalidArgument(
        "not running in a pod of a cluster (KUBERNETES_SERVICE_HOST or KUBERNETES_SERVICE_PORT is not set): pass "
        "--kubeconfig");
  }
  const bool is_ipv6 = environment.service_host.find(':') != std::string::npos;
  const std::string_view host = is_ipv6 ? kServiceName : environment.service_host;
  Result<http::Url> server = http::ParseUrl(fmt::format("https://{}:{}", host, environment.service_port));
  if (!server) return std::move(server).error().WithContext("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT");

  constexpr std::string_view kToken = "the service account's token";
  const std::filesystem::path& directory = environment.service_account;
  ClusterAccess access{.server = *std::move(server)};
  access.tls.ca = {.origin = "the service account's CA", .file = directory / "ca.crt"};
  access.user = TokenFileUser{.origin = std::string(kToken), .file = directory / "token"};
  if (Result<std::string> token = ReadSmallFile(directory / "token", kToken); !token) {
    return NotMounted(std::move(token).error());
  }
  Result<std::string> ns = ReadSmallFile(directory / "namespace", "the service account's namespace");
  if (!ns) return NotMounted(std::move(ns).error());
  ns->erase(ns->find_last_not_of(" \t\r\n") + 1);
  if (!ns->empty()) access.default_namespace = *std::move(ns);
  return access;
}

}  // namespace dso::kube
