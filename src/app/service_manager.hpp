#pragma once

#include <string_view>

/// What is told to the service manager that started the program, by the protocol of sd_notify(3): a
/// datagram to the socket that NOTIFY_SOCKET names. Without that variable nothing happens. A
/// message that cannot be sent, or is not taken for 200 ms, is logged and changes nothing else.
/// Thread-safe.
namespace everai::app {

/// The exporter serves; also when a reload is over. @param status  one line for people.
void notify_ready(std::string_view status);

/// A reload begins.
void notify_reloading();

/// The exporter ends.
void notify_stopping();

}  // namespace everai::app
