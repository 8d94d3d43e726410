#pragma once

#include <cxxopts.hpp>

#include <string>
#include <string_view>

#include "api/proxy_environment.hpp"
#include "cli/reader.hpp"
#include "config/block.hpp"
#include "util/result.hpp"

/// What the exporter and `everai_workers` read alike: which platform is meant, and as whom it is
/// asked.
namespace everai::cli {

/// Adds `--api.endpoint` and `--api.token-file`.
void add_account_flags(cxxopts::OptionAdder add);

/// Reads them; what is wrong, the reader says.
void read_account_flags(Reader& reader, config::Block& block);

/// Reads `EVERAI_ENDPOINT` and `EVERAI_TOKEN`. To be called before the first thread.
[[nodiscard]] config::Block read_environment(Reader& reader);

/// Reads the variables that name proxies, as they are. To be called before the first thread.
[[nodiscard]] api::ProxyEnvironment read_proxy_environment();

/// What `--version` prints.
[[nodiscard]] std::string version_text(std::string_view program);

}  // namespace everai::cli
