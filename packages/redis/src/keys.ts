import { LinkspanError } from '@linkspan/core'

/**
 * Makes keys: the prefix, and the id in braces. In a cluster the id alone says where a key is, so that all keys of one
 * id are together; and since the first brace ends the prefix, no two prefixes meet in one key.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` where the prefix has braces, or what no UTF-8 can hold
 */
export function keysUnder(prefix: string): (id: string) => string {
  if (/[{}]/.test(prefix) || !prefix.isWellFormed()) {
    throw new LinkspanError('LINKSPAN_OPTION', 'prefix takes text without braces.')
  }
  return (id) => `${prefix}{${id}}`
}
