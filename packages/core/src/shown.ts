/**
 * What may be quoted: words such as names, modes and levels, and decimal numbers. Keys, tokens and addresses of engines are
 * neither: they mix letters with digits, have other characters, or are longer.
 */
const QUOTABLE = /^(?:[a-z][a-z .-]{0,30}|[-+.\d]{1,12})?$/i

/**
 * A wrong value of an option, for the message that refuses it: short, and no secret that was put in the wrong place. Numbers
 * and words are as they are; anything else is named by its type.
 *
 * For the developer's own values. What a client has sent is not quoted at all, not even by this.
 *
 * @example
 * throw badOption(`share takes a number above 0 and up to 1, not ${shown(share)}.`)
 */
export function shown(value: unknown): string {
  if (typeof value === 'string')
    return QUOTABLE.test(value) ? `'${value}'` : `a string of ${value.length} characters`
  if (typeof value === 'number' || typeof value === 'boolean' || value === undefined || value === null)
    return String(value)
  return withArticle(typeof value === 'object' ? typeOf(value) : typeof value)
}

/** The platform's name of what it is: that of a class, which is the developer's, tells no more. */
function typeOf(value: object): string {
  try {
    const name = Object.prototype.toString.call(value).slice('[object '.length, -1)
    return /^[A-Z]\w{0,30}$/.test(name) && name !== 'Object' ? name : 'object'
  } catch {
    return 'object'
  }
}

function withArticle(noun: string): string {
  return `${/^[aeio]/i.test(noun) ? 'an' : 'a'} ${noun}`
}
