#include "server/reply.h"

#include <nlohmann/json.hpp>

#include "server/fingerprint.h"

namespace tbprof::server {

Reply json_reply(std::string json) {
  Reply reply;
  reply.etag = fingerprint(json);
  reply.body = Bytes::own(std::move(json));
  return reply;
}

Reply error_reply(int status, std::string_view message) {
  const nlohmann::json json = {{"error", std::string(message)}};
  Reply reply;
  reply.status = status;
  reply.body = Bytes::own(json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
  return reply;
}

Reply error_reply(const proto::Error& error) {
  Reply reply = error_reply(status_of(error.code), error.message);
  if (reply.status == 503) reply.fields.emplace_back("Retry-After", "1");
  return reply;
}

int status_of(proto::ErrorCode code) {
  switch (code) {
    case proto::ErrorCode::not_found:
      return 404;
    case proto::ErrorCode::invalid_argument:
      return 400;
    case proto::ErrorCode::corrupt:
      return 422;
    case proto::ErrorCode::unsupported:
      return 415;
    case proto::ErrorCode::unavailable:
      return 503;
    case proto::ErrorCode::io:
      return 500;
  }
  return 500;
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 206:
      return "Partial Content";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Unknown";
  }
}

}  // namespace tbprof::server
