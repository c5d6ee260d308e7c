import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Recorded } from '../reliability/runs/record.js'
import { root } from './workspace.js'

/** What a program has written into a folder of docs/data; `undefined` where it has not run yet. */
export function figuresOf<Figures>(name: string, folder = 'reliability'): Recorded<Figures> | undefined {
  const file = join(root, 'docs/data', folder, `${name}.json`)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Recorded<Figures>) : undefined
}

/** A section about measured figures: its parts, and where they come from. */
export function told<Figures>(
  title: string,
  name: string,
  tell: (figures: Figures) => readonly string[],
): string {
  const recorded = figuresOf<Figures>(name)
  if (recorded === undefined) return `${title}\n\nNot measured yet.`
  const { command, date, machine, figures } = recorded
  const parts = tell(figures)
  return [title, ...parts, `Measured on ${date} with \`${command}\`: ${machine}.`].join('\n\n')
}

export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number): string =>
    typeof value === 'number' ? value.toLocaleString('en') : value
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map(cell).join(' | ')} |`)
    .join('\n')
}
