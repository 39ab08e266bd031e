// What every unit test reads.
#include "RuntimePch.h"

#include <gtest/gtest.h>
