// The page in a real browser, before a Prometheus that answers as it is told to.

import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { loud } from '../../../tests/support/loud.js'
import { Page } from '../src/run/page.js'
import { published } from '../src/run/prometheus.js'

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const ARGS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'
/** Milliseconds for anything to show. */
const PATIENCE = 20_000

const missing = loud(
  existsSync(CHROMIUM)
    ? undefined
    : `${CHROMIUM} is not there, and the page of examples/observability is not looked at`,
)

interface Panel {
  readonly type: string
  readonly title: string
}
const { panels } = JSON.parse(readFileSync(join(published, 'grafana-dashboard.json'), 'utf8')) as {
  readonly panels: readonly Panel[]
}
const titles = panels.filter(({ type }) => type !== 'row').map(({ title }) => title)

let browser: Browser
/** What Prometheus was asked, and whether it answers. */
let asked: URLSearchParams[]
let answers = true
let prometheus: Server
let page: Page

beforeAll(async () => {
  if (missing !== undefined) return
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS.split(' ') })
  prometheus = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://prometheus')
    if (!answers) return void response.destroy()
    const data = pathname === '/api/v1/alerts' ? { alerts: [ALERT] } : { result: [seriesOf(searchParams)] }
    if (pathname !== '/api/v1/alerts') asked.push(searchParams)
    response.end(JSON.stringify({ status: 'success', data }))
  }).listen(0, '127.0.0.1')
  await once(prometheus, 'listening')
  page = await Page.start(`http://127.0.0.1:${(prometheus.address() as AddressInfo).port}`, '127.0.0.1', 0)
}, 30_000)

beforeEach((context) => {
  if (missing !== undefined) context.skip(missing)
  asked = []
  answers = true
})

afterAll(async () => {
  await browser?.close()
  await page?.stop()
  prometheus?.closeAllConnections()
  prometheus?.close()
})

const ALERT = { state: 'firing', labels: { alertname: 'LinkspanGone' }, annotations: {} }

/** A line that rises from 0 to 40, at the times that were asked for. */
function seriesOf(query: URLSearchParams): object {
  const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(query.get(name))) as [
    number,
    number,
    number,
  ]
  const values: [number, string][] = []
  for (let at = start; at <= end; at += step) values.push([at, String((40 * (at - start)) / (end - start))])
  return { metric: { linkspan_state: 'active', instance: 'north' }, values }
}

test('every panel of the dashboard is there, and what can be seen is drawn from its own query', {
  timeout: 60_000,
}, async () => {
  const view = await browser.newPage()
  view.setDefaultTimeout(PATIENCE)
  const wrong: string[] = []
  view.on('pageerror', (error) => wrong.push(error.message))
  view.on('console', (message) => message.type() === 'error' && wrong.push(message.text()))
  await view.goto(page.url)
  const first = view.locator('article', { hasText: 'Connections by state' })
  await first.getByText('active 40').waitFor()
  expect(await view.locator('h3').allTextContents()).toEqual(titles)
  expect(await view.locator('#state .firing').textContent()).toBe('LinkspanGone firing')
  // Two paths: an area, since it is stacked, and its line.
  const paths = await first
    .locator('path')
    .evaluateAll((all) => all.map((path) => path.getAttribute('d') ?? ''))
  expect(paths).toHaveLength(2)
  expect(paths[1]?.match(/[ML]/g)).toHaveLength(101)
  const queries = asked.map((query) => query.get('query') ?? '')
  expect(queries.some((query) => query.includes('linkspan_connections{job=~".*"'))).toBe(true)
  expect(queries.filter((query) => query.includes('$'))).toEqual([])

  asked = []
  await view.getByRole('button', { name: '60 min' }).click()
  await expect.poll(() => asked.some((query) => query.get('step') === '36'), { timeout: PATIENCE }).toBe(true)
  await view.locator('h3').last().scrollIntoViewIfNeeded()
  await view.locator('article').last().getByText('north 40').waitFor()
  expect(wrong).toEqual([])
  await view.close()
})

test('it says that Prometheus cannot be asked', { timeout: 60_000 }, async () => {
  answers = false
  const view = await browser.newPage()
  view.setDefaultTimeout(PATIENCE)
  await view.goto(page.url)
  await view.getByText('Prometheus cannot be asked').waitFor()
  answers = true
  await view.getByText('LinkspanGone firing').waitFor()
  await view.close()
})

test('it hands on what the page asks, and nothing else', async () => {
  const status = async (path: string, method = 'GET'): Promise<number> =>
    (await fetch(new URL(path, page.url), { method })).status
  expect(await status('api/v1/alerts')).toBe(200)
  expect(await status('api/v1/admin/tsdb/delete_series')).toBe(404)
  expect(await status('api/v1/alertsx')).toBe(404)
  expect(await status('package.json')).toBe(404)
  expect(await status('', 'POST')).toBe(405)
})
