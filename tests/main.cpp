// Boost.Test's main, one for every test program.
#define BOOST_TEST_MODULE ankkor
#include <boost/test/unit_test.hpp>
