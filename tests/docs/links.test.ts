// Every link from one page to another, or into a file of the repository, leads somewhere.

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { pages } from './blocks.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The text of a page without its code. */
function proseOf(page: string): string {
  return readFileSync(join(root, page), 'utf8').replace(/^```[\s\S]*?^```/gm, '')
}

/** What GitHub and VitePress make of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')
}

function brokenLinksOf(page: string): string[] {
  return [...proseOf(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(
    ([link, path = '', anchor]) => {
      const target = path === '' ? page : relative(root, join(root, dirname(page), path))
      if (!existsSync(join(root, target))) return [`${page}: ${link}`]
      if (anchor === undefined) return []
      const headings = [...proseOf(target).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
        anchorOf(heading),
      )
      return headings.includes(anchor) ? [] : [`${page}: ${link}`]
    },
  )
}

it('no page has a link that leads nowhere', () => {
  expect(pages(root).flatMap(brokenLinksOf)).toEqual([])
})
