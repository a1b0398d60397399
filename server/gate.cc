#include "server/gate.h"

#include "server/ascii.h"

namespace tbprof::server {

namespace {

constexpr std::string_view kHtml = "text/html; charset=utf-8";

constexpr std::string_view kUnauthorizedPage =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>tbprof: token needed</title>"
    "<h1>This page needs your token</h1>"
    "<p>Open the address that <code>tbprof serve</code> printed when it started; it ends in "
    "<code>?token=…</code> and is needed once per browser.</p>"
    "<p>Is it gone? On the machine where the server runs, print the token and add it to this "
    "address as <code>?token=TOKEN</code>:</p>"
    "<pre>cat \"${XDG_STATE_HOME:-$HOME/.local/state}/tbprof/token\"</pre></html>\n";

Reply html_reply(int status, std::string_view html) {
  Reply reply;
  reply.status = status;
  reply.content_type = kHtml;
  reply.body = Bytes::own(std::string(html));
  return reply;
}

Reply unauthorized(bool is_page) {
  Reply reply = is_page ? html_reply(401, kUnauthorizedPage)
                        : error_reply(401,
                                      "A token is needed: send 'Authorization: Bearer TOKEN', or "
                                      "open the address that the server printed.");
  reply.fields.emplace_back("WWW-Authenticate", "Bearer realm=\"tbprof\"");
  reply.must_close = true;  // a stranger keeps no connection from others
  return reply;
}

bool comes_from_elsewhere(const Request& request) {
  const std::string_view site = request.field("sec-fetch-site");
  return !site.empty() && site != "same-origin" && site != "none";
}

}  // namespace

bool is_page_path(std::string_view path) { return path == "/" || path == "/index.html"; }

std::optional<Reply> Gate::stop(const Request& request, const Target& target,
                                std::string_view path) const {
  const bool is_page = is_page_path(path);
  if (auto refusal = stop_stranger(request, is_page)) {
    refusal->must_close = true;
    return refusal;
  }
  const std::string* token = is_page ? target.find("token") : nullptr;
  if (token != nullptr && (request.method == "GET" || request.method == "HEAD")) {
    const bool is_right = options_.token.empty() || equal_in_constant_time(*token, options_.token);
    if (is_right) return hand_out_cookie(request, target, path);
  }
  if (!is_authorized(request)) return unauthorized(is_page);
  if (token != nullptr) return hand_out_cookie(request, target, path);
  return std::nullopt;
}

std::optional<Reply> Gate::stop_stranger(const Request& request, bool is_page) const {
  const std::string_view host = request.field("host");
  if (!host_is_allowed(host, options_.hosts)) {
    return error_reply(403,
                       "This server does not answer to that Host name. Use localhost, or start it "
                       "with --allow_host NAME.");
  }
  if (request.has_field("origin") && !origin_is_own(request.field("origin"), host)) {
    return error_reply(403, "Requests from pages of another origin are not answered.");
  }
  if (comes_from_elsewhere(request)) {
    const bool is_navigation = request.field("sec-fetch-mode") == "navigate" &&
                               request.field("sec-fetch-dest") == "document";
    if (!is_page || !is_navigation) {
      return error_reply(403, "Requests from pages of another site are not answered.");
    }
  }
  return std::nullopt;
}

bool Gate::is_authorized(const Request& request) const {
  if (options_.token.empty()) return true;
  const std::string_view authorization = request.field("authorization");
  constexpr std::string_view kScheme = "bearer ";
  if (lower_case(authorization.substr(0, kScheme.size())) == kScheme &&
      equal_in_constant_time(trim(authorization.substr(kScheme.size())), options_.token)) {
    return true;
  }
  bool has_cookie = false;
  for (const auto& [name, value] : request.fields) {
    if (name != "cookie") continue;
    const std::string_view cookie = find_cookie(value, options_.cookie.name);
    has_cookie =
        has_cookie || (!cookie.empty() && equal_in_constant_time(cookie, options_.cookie.value));
  }
  return has_cookie;
}

// To the same page without the token, so that it stays in no history, bookmark or Referer.
Reply Gate::hand_out_cookie(const Request& request, const Target& target,
                            std::string_view path) const {
  auto query = target.query;
  std::erase_if(query, [](const auto& pair) { return pair.first == "token"; });
  std::string location = options_.path_prefix + std::string(path);
  if (!query.empty()) location += "?" + encode_query(query);
  Reply reply;
  if (comes_from_elsewhere(request)) {
    // A browser sends no SameSite=Strict cookie along a redirect that another site began; from a
    // page of ours it does. encode_query leaves no character that HTML knows, but '&'.
    reply = html_reply(200,
                       "<!doctype html><meta charset=\"utf-8\"><title>tbprof</title>"
                       "<meta http-equiv=\"refresh\" content=\"0;url=" +
                           location + "\">\n");
  } else {
    reply = html_reply(303, "");
    reply.fields.emplace_back("Location", location);
  }
  if (!options_.token.empty()) {
    reply.fields.emplace_back("Set-Cookie", options_.cookie.name + "=" + options_.cookie.value +
                                                "; Path=" + options_.path_prefix +
                                                "/; Max-Age=7776000; HttpOnly; SameSite=Strict");
  }
  return reply;
}

}  // namespace tbprof::server
