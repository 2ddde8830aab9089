// A team is LANES neighbouring invocations that work on the same rows together. The files beside this define Builtins (of
// the entry point), threadOf and teamSum.
const TEAMS = WORKGROUP / LANES;
