#pragma once
#include <sqlite3.h>

/// `SQLITE_TRANSIENT`, which is a cast that Swift does not import.
static inline sqlite3_destructor_type hg_sqlite_transient(void) { return SQLITE_TRANSIENT; }
