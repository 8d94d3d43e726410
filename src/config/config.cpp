#include "config/config.hpp"

namespace everai::config {

bool AppConfig::operator==(const AppConfig& other) const {
  return app == other.app && *account == *other.account && poll == other.poll &&
         requests_per_second == other.requests_per_second && settings == other.settings;
}

}  // namespace everai::config
