/// What a secret looks like.
enum Secrets {}
