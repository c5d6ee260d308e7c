import { CloseCode } from '../close.js'

/** A close code, with its name where it has one: `4100 (slow consumer)`. */
export function codeText(code: number): string {
  const [name] = Object.entries(CloseCode).find(([, value]) => value === code) ?? []
  if (name === undefined) return String(code)
  return `${code} (${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)})`
}

/** How long something took: `3 ms`, `2.4 s`, `5 min 20 s`, `3 h 5 min`. */
export function timeText(time: number): string {
  if (time < 1_000) return `${Math.round(time)} ms`
  if (time < 120_000) return `${Math.floor(time / 100) / 10} s`
  const minutes = Math.floor(time / 60_000)
  const hours = Math.floor(minutes / 60)
  if (hours < 2) return `${minutes} min ${Math.floor((time % 60_000) / 1_000)} s`
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** A number with its noun: `1 message`, `1,200 bytes`. */
export function many(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}

/** Who refused, or had not decided. */
export function middlewareText(name: string | undefined): string {
  if (name === undefined) return 'the end of the pipeline'
  return name === 'anonymous' ? 'a middleware without a name' : `middleware '${name}'`
}

/** A sentence begins with a capital. */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
