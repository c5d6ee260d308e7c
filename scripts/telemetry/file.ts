import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../workspace.js'

/** A file that is generated as a whole. */
export class GeneratedFile {
  /** Relative to the repository. */
  readonly path: string
  readonly #generate: () => string

  constructor(path: string, generate: () => string) {
    this.path = path
    this.#generate = generate
  }

  /** The file as it is; nothing where there is none. */
  read(): string {
    const file = join(root, this.path)
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }

  /** The file as it should be. */
  renew(): string {
    return this.#generate()
  }

  write(): void {
    writeFileSync(join(root, this.path), this.renew())
    process.stdout.write(`${this.path} is written.\n`)
  }
}
