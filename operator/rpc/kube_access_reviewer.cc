#include "rpc/kube_access_reviewer.h"

#include <algorithm>

namespace dso::rpc {
namespace {

const kube::ResourceType kTokenReviews{"authentication.k8s.io", "v1", "tokenreviews", "TokenReview", false};
const kube::ResourceType kSubjectAccessReviews{"authorization.k8s.io", "v1", "subjectaccessreviews",
                                               "SubjectAccessReview", false};

std::vector<std::string> TextsOf(const kube::Json& list) {
  std::vector<std::string> texts;
  for (const kube::Json& text : list) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

std::string TextAt(const kube::Json& object, const char* pointer) {
  return kube::StringAt(object, kube::Json::json_pointer(pointer));
}

bool SharesOne(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(),
                     [&](const std::string& entry) { return std::find(b.begin(), b.end(), entry) != b.end(); });
}

}  // namespace

Task<Result<Identity>> KubeAccessReviewer::ReviewToken(std::string token) {
  kube::Json review{{"spec", {{"token", std::move(token)}}}};
  if (!audiences_.empty()) review["spec"]["audiences"] = audiences_;
  Result<kube::Json> answer = co_await client_.Create(kTokenReviews, std::move(review));
  if (!answer) co_return std::move(answer).error().WithContext("TokenReview");
  const kube::Json& status = (*answer)["status"];
  if (!status.value("authenticated", false)) {
    co_return Error{ErrorCode::kUnauthenticated, "the bearer token is not valid in this cluster, or has expired"};
  }
  // An API server that does not know audiences ignores them: what it has not confirmed was not checked.
  if (!audiences_.empty() && !SharesOne(audiences_, TextsOf(status.value("audiences", kube::Json::array())))) {
    co_return Error{ErrorCode::kUnauthenticated, "the bearer token is made for another audience"};
  }
  Identity identity{.user = TextAt(*answer, "/status/user/username"),
                    .uid = TextAt(*answer, "/status/user/uid"),
                    .groups = {},
                    .extra = {}};
  const kube::Json user = status.value("user", kube::Json::object());
  identity.groups = TextsOf(user.value("groups", kube::Json::array()));
  const kube::Json extra = user.value("extra", kube::Json::object());
  for (const auto& [key, values] : extra.items()) identity.extra[key] = TextsOf(values);
  if (identity.user.empty()) co_return Error{ErrorCode::kUnauthenticated, "the bearer token names no user"};
  co_return identity;
}

Task<Result<bool>> KubeAccessReviewer::MayAccess(Identity identity, Access access) {
  kube::Json attributes{{"group", kube::kDeepSeekServices.group},
                        {"version", kube::kDeepSeekServices.version},
                        {"resource", kube::kDeepSeekServices.plural},
                        {"verb", access.verb}};
  if (!access.ns.empty()) attributes["namespace"] = access.ns;
  if (!access.name.empty()) attributes["name"] = access.name;
  kube::Json spec{{"user", identity.user}, {"groups", identity.groups}, {"resourceAttributes", std::move(attributes)}};
  if (!identity.uid.empty()) spec["uid"] = identity.uid;
  if (!identity.extra.empty()) spec["extra"] = identity.extra;
  kube::Json review{{"spec", std::move(spec)}};
  Result<kube::Json> answer = co_await client_.Create(kSubjectAccessReviews, std::move(review));
  if (!answer) co_return std::move(answer).error().WithContext("SubjectAccessReview");
  co_return (*answer)["status"].value("allowed", false);
}

}  // namespace dso::rpc
