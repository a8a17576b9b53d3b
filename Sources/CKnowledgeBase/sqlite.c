#include "CKnowledgeBase.h"

sqlite3_destructor_type hg_transient(void) { return SQLITE_TRANSIENT; }

void hg_keep_log(sqlite3 *db) { sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0); }
