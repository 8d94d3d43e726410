#include "config/config.hpp"

namespace everai::config {

bool AppConfig::operator==(const AppConfig& other) const {
  const bool same_account = account == other.account || *account == *other.account;
  return app == other.app && same_account && poll == other.poll &&
         requests_per_second == other.requests_per_second && settings == other.settings;
}

}  // namespace everai::config
