#include "internal.h"

int hg_configure(void) {
  int rc = sqlite3_config(SQLITE_CONFIG_MMAP_SIZE, (sqlite3_int64)1 << 40, (sqlite3_int64)1 << 40);
  return rc == SQLITE_OK ? sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) : rc;
}

void hg_keep_log(sqlite3 *db) { sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0); }
