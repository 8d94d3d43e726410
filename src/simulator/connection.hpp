#pragma once

#include <cstdint>
#include <string>

namespace everai::simulator {

/// The two ends of a connection that this process has accepted.
struct ConnectionEnds {
  std::string remote_address;  ///< numeric
  int remote_port = 0;
  int local_port = 0;
};

enum class ConnectionEnd : std::uint8_t {
  kClosed,  ///< in order, as after the last byte of an answer
  kReset,   ///< as after a crash
};

/// Ends a connection beneath the server that serves it: nothing of what that still writes is sent,
/// and its descriptor stays the server's to close.
/// @return false if there is no such connection. Thread-safe, while nobody else closes it.
bool end_connection(const ConnectionEnds& ends, ConnectionEnd how);

}  // namespace everai::simulator
