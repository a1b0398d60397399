#include "cli/forwarding_line.h"

#include <gtest/gtest.h>

namespace tbprof::cli {
namespace {

TEST(ForwardingLine, NamesTheAddressThatSshReached) {
  EXPECT_EQ(forwarding_line(6006, "ann", "198.51.100.7 51234 192.0.2.2 22", "gpu1"),
            "ssh -N -L 6006:localhost:6006 ann@192.0.2.2");
  EXPECT_EQ(forwarding_line(6007, "ann", "2001:db8::7 51234 2001:db8::2 22", "gpu1"),
            "ssh -N -L 6007:localhost:6007 ann@2001:db8::2");
}

TEST(ForwardingLine, NamesThePortOfSshWhereItIsNotTheUsual) {
  EXPECT_EQ(forwarding_line(6006, "root", "198.51.100.7 51234 192.0.2.2 2222", "gpu1"),
            "ssh -N -L 6006:localhost:6006 -p 2222 root@192.0.2.2");
}

TEST(ForwardingLine, NamesTheMachineWhereTheAddressIsNotKnown) {
  EXPECT_EQ(forwarding_line(6006, "ann", "", "gpu1"), "ssh -N -L 6006:localhost:6006 ann@gpu1");
}

}  // namespace
}  // namespace tbprof::cli
