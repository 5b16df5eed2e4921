/** The version of proto/kvtide: a difference in `major` is refused, one in `minor` is not. */
export const protocolVersion = { major: 1, minor: 0 } as const;
