import { isTransport, type TransportName, transportNames } from '../server/transports.js'

/** `ws,uws`, or `all`, as names of transports. */
export function transportsOf(list: string): readonly TransportName[] {
  if (list === 'all') return transportNames
  return list.split(',').map((name) => {
    if (isTransport(name)) return name
    throw new Error(`--transport takes all, or some of ${transportNames.join(', ')}; not ${name}`)
  })
}

/** A whole number of at least one. */
export function wholeOf(option: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1) return value
  throw new Error(`--${option} takes a whole number, not ${text}`)
}

/** What a program was started with. pnpm hands a separating -- on. */
export const words: string[] = process.argv.slice(2).filter((word) => word !== '--')

/** Tells how a program is used, and ends it, where that was asked for. */
export function helped(usage: string): void {
  if (!words.includes('--help')) return
  console.log(usage)
  process.exit(0)
}
