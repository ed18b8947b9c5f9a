// An empty Node add-on: requiring it loads this library, whose static constructors register the operations with TensorFlow.
#include <node_api.h>

NAPI_MODULE_INIT() {
  (void)env;
  return exports;
}
