// `pnpm bench`: the benchmark against raw transports and peers.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { launch } from './launch.js'
import { fail, root } from './workspace.js'

const program = join(root, 'bench/run.ts')
if (!existsSync(program))
  fail('There is no benchmark yet: it will arrive as bench/run.ts. Nothing was measured.')
launch(program)
