import type { Row } from './table.js'
import type { Work } from './work.js'

const WIDTH = 720
const LEFT = 190
const RIGHT = 150
const LINE = 22
const TOP = 30

/** A bar for each row, readable on a light page and on a dark one: the colours follow what the reader's system prefers. */
export function chart({ title, measure, unit }: Work, rows: readonly Row[]): string {
  const values = rows.map(({ figures }) => figures[measure] ?? 0)
  const scale = (WIDTH - LEFT - RIGHT) / Math.max(...values, Number.MIN_VALUE)
  const bars = rows.map(({ contestant, ratio, bare }, index) => {
    const value = values[index] ?? 0
    const y = TOP + index * LINE
    const kind = contestant === bare ? 'bare' : contestant.startsWith('linkspan') ? 'ours' : 'theirs'
    const width = Math.max(1, value * scale).toFixed(1)
    const text = `${round(value)}${Number.isNaN(ratio) || kind === 'bare' ? '' : ` · ${ratio.toFixed(2)} × ${bare}`}`
    return [
      `<text x="${LEFT - 8}" y="${y + 14}" text-anchor="end">${contestant}</text>`,
      `<rect class="${kind}" x="${LEFT}" y="${y + 3}" width="${width}" height="${LINE - 7}" rx="2"/>`,
      `<text x="${(LEFT + Number(width) + 6).toFixed(1)}" y="${y + 14}">${text}</text>`,
    ].join('')
  })
  const what = measure === 'cpu' ? `server CPU, µs a ${unit}` : `bytes of RSS a ${unit}`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${TOP + rows.length * LINE + 6}" role="img" aria-label="${title}">
<style>text{font:12px system-ui,sans-serif;fill:#1f2328}.bare{fill:#8c959f}.theirs{fill:#bf8700}.ours{fill:#1a7f64}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.bare{fill:#6e7681}.theirs{fill:#d29922}.ours{fill:#3fb68b}}</style>
<text x="8" y="16" font-weight="600">${title}: ${what}; less is better</text>
${bars.join('\n')}
</svg>
`
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 10 ? 1 : 2)
}
