// The token file and the cookies made from it.
#include "server/token.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace tbprof::server {
namespace {

namespace fs = std::filesystem;

class TokenFile : public testing::Test {
 protected:
  TokenFile() : folder_(fs::path(testing::TempDir()) / ("token_" + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~TokenFile() override { fs::remove_all(folder_); }
  std::string path() const { return (folder_ / "state" / "tbprof" / "token").string(); }
  static unsigned mode(const fs::path& file) {
    struct stat status {};
    return ::stat(file.c_str(), &status) == 0 ? status.st_mode & 07777u : 0u;
  }
  fs::path folder_;
};

TEST_F(TokenFile, IsMadeForTheUserAloneAndKept) {
  const ::mode_t before = ::umask(0);
  const auto first = load_or_create_token(path());
  ::umask(before);
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_GE(first.value().size(), 32u);
  EXPECT_EQ(mode(path()), 0600u);
  EXPECT_EQ(mode(fs::path(path()).parent_path()), 0700u);
  const auto second = load_or_create_token(path());
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(first.value(), second.value());
  fs::remove(path());
  EXPECT_NE(load_or_create_token(path()).value(), first.value());
}

TEST_F(TokenFile, ThatOthersCanReadIsRefused) {
  ASSERT_TRUE(load_or_create_token(path()).ok());
  for (const unsigned wrong : {0640u, 0604u, 0666u, 0620u}) {
    ::chmod(path().c_str(), wrong);
    const auto token = load_or_create_token(path());
    ASSERT_FALSE(token.ok()) << wrong;
    EXPECT_NE(token.error().message.find("chmod 600"), std::string::npos);
  }
}

TEST_F(TokenFile, InAFolderThatOthersWriteIsRefused) {
  ASSERT_TRUE(load_or_create_token(path()).ok());
  ::chmod(fs::path(path()).parent_path().c_str(), 0777);
  EXPECT_FALSE(load_or_create_token(path()).ok());
}

TEST_F(TokenFile, ThatIsALinkOrNoTokenIsRefused) {
  ASSERT_TRUE(load_or_create_token(path()).ok());
  fs::rename(path(), folder_ / "elsewhere");
  fs::create_symlink(folder_ / "elsewhere", path());
  EXPECT_FALSE(load_or_create_token(path()).ok());
  fs::remove(path());
  for (const char* text : {"", "short", "0123456789abcdef0123456789abcde!", "\n"}) {
    std::ofstream(path()) << text;
    ::chmod(path().c_str(), 0600);
    EXPECT_FALSE(load_or_create_token(path()).ok()) << text;
  }
}

TEST(Token, IsComparedAsAWhole) {
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
  EXPECT_FALSE(equal_in_constant_time("", "a"));
}

TEST(Cookie, BelongsToOneServerAndDoesNotTellTheToken) {
  const std::string token = "0123456789abcdef0123456789abcdef";
  const Cookie one = cookie_of_server(token, "machine:6006:/logs");
  const Cookie two = cookie_of_server(token, "machine:6007:/logs");
  EXPECT_NE(one.name, two.name);
  EXPECT_NE(one.value, two.value);
  EXPECT_GE(one.value.size(), 40u);
  EXPECT_EQ(one.value.find(token), std::string::npos);
  EXPECT_EQ(cookie_of_server(token, "machine:6006:/logs").value, one.value);
  EXPECT_NE(cookie_of_server(token + "0", "machine:6006:/logs").value, one.value);
}

TEST(Cookie, IsFoundByItsWholeName) {
  EXPECT_EQ(find_cookie("a=1; tbprof_x=2; b=3", "tbprof_x"), "2");
  EXPECT_EQ(find_cookie("xtbprof_x=1; tbprof_xy=2", "tbprof_x"), "");
  EXPECT_EQ(find_cookie("", "tbprof_x"), "");
}

}  // namespace
}  // namespace tbprof::server
