/** Names that mean something to one engine or the other. */
export const ROOMS: readonly string[] = ['lobby', 'red', 'a.b', '*', '>', '#', 'a~2eb', 'büro']
/** Tenants whose names, put before a room's without care, are another tenant's room. */
export const SCOPES: readonly string[] = ['acme', 'umbrella', 'acme.lobby']
/** A room that only clients of one node are ever in. */
export const islandOf = (node: string): string => `island of ${node}`.replaceAll(' ', '-')
export const NODES: readonly string[] = ['one', 'two', 'three']
