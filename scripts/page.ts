import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './workspace.js'

/** A part of a page that is generated, between `<!-- name:begin -->` and `<!-- name:end -->`. */
export class GeneratedPart {
  readonly #page: string
  readonly #name: string
  readonly #generate: () => string

  /** `page` is relative to the repository: `docs/lifecycle.md`. */
  constructor(page: string, name: string, generate: () => string) {
    this.#page = page
    this.#name = name
    this.#generate = generate
  }

  /** The page as it is. */
  read(): string {
    return readFileSync(join(root, this.#page), 'utf8')
  }

  /** The page as it should be. */
  renew(): string {
    const [begin, end] = [`<!-- ${this.#name}:begin -->`, `<!-- ${this.#name}:end -->`]
    const [head, rest] = this.read().split(begin)
    const [, tail] = (rest ?? '').split(end)
    if (head === undefined || tail === undefined)
      throw new Error(`${this.#page} has no place for ${this.#name}`)
    return `${head}${begin}\n${this.#generate()}\n${end}${tail}`
  }

  /** Writes the page, where the script at `url` is the one that was started. */
  writeAsProgram(url: string): void {
    if (url !== pathToFileURL(process.argv[1] ?? '').href) return
    writeFileSync(join(root, this.#page), this.renew())
    process.stdout.write(`${this.#page}: ${this.#name} is written.\n`)
  }
}
