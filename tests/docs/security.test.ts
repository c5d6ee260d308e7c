import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(join(root, 'SECURITY.md'), 'utf8')
const links = [...page.matchAll(/\]\(([^)#]+)(?:#[\w-]+)?\)/g)].map(([, target]) => target as string)

it('everything that SECURITY.md points to as its proof is there', () => {
  expect(links.length).toBeGreaterThan(20)
  expect(links.filter((target) => !existsSync(join(root, target)))).toEqual([])
})

it('every threat has a defence and something that shows it', () => {
  const [, table = ''] = page.split('| threat | defence | default | shown by |')
  const rows = table.split('\n\n')[0]?.trim().split('\n').slice(1) ?? []
  expect(rows.length).toBeGreaterThan(15)
  expect(rows.filter((row) => !/^\| [^|]+ \| [^|]+ \|[^|]*\| \[[^|]+\) \|$/.test(row))).toEqual([])
})
