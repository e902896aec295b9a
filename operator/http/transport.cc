#include "http/transport.h"

#include <strings.h>

namespace dso::http {

bool HeaderNameLess::operator()(const std::string& a, const std::string& b) const {
  return ::strcasecmp(a.c_str(), b.c_str()) < 0;
}

}  // namespace dso::http
