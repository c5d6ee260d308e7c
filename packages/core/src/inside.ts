import type { Link } from './link.js'

let reveal: (conn: unknown) => Link

/** Told once, by the class whose private field it reads: the inside of a connection is within nobody else's reach. */
export function revealThrough(read: (conn: unknown) => Link): void {
  reveal = read
}

/** The inside of a connection. */
export function linkOf(conn: unknown): Link {
  return reveal(conn)
}
