import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Where the web page is: a document, a style sheet and its scripts, as they are. */
export const publicFolder: string = fileURLToPath(new URL('../../public/', import.meta.url))

const files = new Set(readdirSync(publicFolder))
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
}

/** One file of the page as an HTTP answer, for servers that bring nothing to serve files with. */
export function page(url = '/') {
  const path = url.replace(/[?#].*$/, '')
  const name = path === '/' ? 'index.html' : path.slice(1)
  // Only what lies there by exactly this name: no path is ever put together from a request.
  if (!files.has(name)) return { status: 404, headers: { 'content-type': 'text/plain' }, body: 'Not Found\n' }
  const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
  const headers = { 'content-type': type, 'cache-control': 'no-cache' }
  return { status: 200, headers, body: readFileSync(publicFolder + name, 'utf8') }
}
