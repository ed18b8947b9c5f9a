/**
 * C++ that every addon is compiled with besides its own sources.
 *
 * Node closes a library again that does not say it is an addon, so this says so; weakly, for sources that say it themselves.
 * TensorFlow 2.21 does not apply TF_CPP_MIN_LOG_LEVEL to what it logs while its library loads, so this does, a moment before: the binding
 * is linked so that its start-up code runs before TensorFlow's.
 */
export const addonEntryPoint = `
#include <cstdlib>
#if __has_include("absl/log/globals.h")
#include "absl/log/globals.h"
#endif

extern "C" __attribute__((weak, visibility("default"))) void *napi_register_module_v1(void *, void *exports) { return exports; }

__attribute__((constructor)) static void apply_log_level() {
#if __has_include("absl/log/globals.h")
  const char *level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  if (level != nullptr) absl::SetMinLogLevel(static_cast<absl::LogSeverityAtLeast>(std::atoi(level)));
#endif
}
`;
