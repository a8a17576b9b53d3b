/// What each member of a record means: the contract between the programs, said once.
enum Records {}
