// `pnpm demo`: the chat example, on the server that TRANSPORT names.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { launch } from './launch.js'
import { fail, root } from './workspace.js'

const folder = join(root, 'examples/chat/servers')
if (!existsSync(folder)) fail('The chat example (examples/chat/servers) does not exist yet.')

const transports = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
const transport = process.env['TRANSPORT'] || 'ws'
if (!transports.includes(transport)) {
  fail(
    `TRANSPORT=${transport} is none of: ${transports.join(', ')}. For example: TRANSPORT=${transports[0]} pnpm demo`,
  )
}
launch(join(folder, `${transport}.ts`))
