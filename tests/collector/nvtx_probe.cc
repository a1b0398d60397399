// A program with NVIDIA's own NVTX v3 in it, which knows nothing of tbprof.
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <thread>

#include <nvtx3/nvToolsExt.h>

int main() {
  nvtxNameOsThreadA(static_cast<std::uint32_t>(syscall(SYS_gettid)), "trainer");
  for (int i = 0; i < 4; ++i) {
    nvtxRangePushA(("iteration " + std::to_string(i)).c_str());
    nvtxRangePushW(L"w\u00efde");
    nvtxRangePop();
    nvtxRangePop();
  }
  const nvtxDomainHandle_t domain = nvtxDomainCreateA("NCCL");
  nvtxEventAttributes_t event = {};
  event.version = NVTX_VERSION;
  event.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
  event.messageType = NVTX_MESSAGE_TYPE_REGISTERED;
  event.message.registered = nvtxDomainRegisterStringA(domain, "all reduce");
  event.payloadType = NVTX_PAYLOAD_TYPE_UNSIGNED_INT64;
  event.payload.ullValue = std::uint64_t{1} << 40;
  // Domains overlap as they like.
  nvtxDomainRangePushEx(domain, &event);
  const int depth = nvtxRangePushA("own");
  nvtxDomainRangePop(domain);
  nvtxRangePop();
  nvtxMarkA("mark");
  const auto push_with = [&](const char* name, int type, auto set) {
    nvtxEventAttributes_t with = {};
    with.version = NVTX_VERSION;
    with.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
    with.messageType = NVTX_MESSAGE_TYPE_ASCII;
    with.message.ascii = name;
    with.payloadType = type;
    set(with.payload);
    nvtxRangePushEx(&with);
  };
  push_with("outer", NVTX_PAYLOAD_TYPE_INT32, [](auto& payload) { payload.iValue = -5; });
  push_with("inner", NVTX_PAYLOAD_TYPE_FLOAT, [](auto& payload) { payload.fValue = 0.25F; });
  push_with("without", 0, [](auto&) {});
  nvtxRangePop();
  nvtxRangePop();
  nvtxRangePop();
  // As PyTorch names its operators.
  for (int i = 0; i < 3; ++i) {
    nvtxRangePushA(("aten::mul, seq = 7, op_id = " + std::to_string(i)).c_str());
    nvtxRangePop();
  }
  const nvtxRangeId_t range = nvtxRangeStartA("across threads");
  std::thread([range] { nvtxRangeEnd(range); }).join();
  // What marks and these ranges say besides their names.
  const auto attributes = [](const char* name) {
    nvtxEventAttributes_t with = {};
    with.version = NVTX_VERSION;
    with.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
    with.messageType = NVTX_MESSAGE_TYPE_ASCII;
    with.message.ascii = name;
    return with;
  };
  nvtxEventAttributes_t said = attributes("queue full");
  said.payloadType = NVTX_PAYLOAD_TYPE_INT32;
  said.payload.iValue = 17;
  nvtxDomainMarkEx(domain, &said);
  said.payload.iValue = -18;
  nvtxMarkEx(&said);
  nvtxDomainMarkEx(domain, &event);
  said = attributes("plain");
  nvtxMarkEx(&said);
  said = attributes("send");
  said.payloadType = NVTX_PAYLOAD_TYPE_DOUBLE;
  said.payload.dValue = 2.5;
  const nvtxRangeId_t send = nvtxDomainRangeStartEx(domain, &said);
  const nvtxRangeId_t reduce = nvtxDomainRangeStartEx(domain, &event);
  std::thread([=] { nvtxDomainRangeEnd(domain, send); }).join();
  nvtxDomainRangeEnd(domain, reduce);
  const nvtxRangeId_t step = nvtxRangeStartA("iteration 9");
  std::thread([step] { nvtxRangeEnd(step); }).join();
  nvtxRangeEnd(0);
  // Left open: the recording tells so.
  nvtxRangeStartA("prefetch");
  nvtxRangePushA("epoch");
  return depth == 0 ? 0 : 1;
}
