import { mkdirSync, writeFileSync } from 'node:fs'
import { arch, cpus, totalmem, type } from 'node:os'
import { dirname } from 'node:path'
import { words } from './command-line.js'

/** Figures, and where and how they came about. */
export interface Recorded<Figures> {
  readonly command: string
  readonly date: string
  readonly machine: string
  readonly figures: Figures
}

/** Writes figures down, with the machine, the day and the command. */
export function record<Figures>(file: string, script: string, figures: Figures): void {
  const [cpu] = cpus()
  const recorded: Recorded<Figures> = {
    command: ['pnpm', script, ...words].join(' '),
    date: new Date().toISOString().slice(0, 10),
    machine: [
      `${cpus().length} × ${cpu?.model.trim() || 'unnamed processor'} (${arch()})`,
      `${Math.round(totalmem() / 2 ** 30)} GiB`,
      type(),
      `Node.js ${process.version}`,
    ].join(', '),
    figures,
  }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(recorded, undefined, 2)}\n`)
}
