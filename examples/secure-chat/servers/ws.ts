// node --import tsx --conditions=@linkspan/source examples/secure-chat/servers/ws.ts

import { randomBytes } from 'node:crypto'
import { demoAccounts } from '../src/accounts.js'
import { serve } from '../src/serve.js'

const { app, url, stop } = await serve(await demoAccounts(), randomBytes(32), {
  port: Number(process.env['PORT'] ?? 3000),
})
console.log(`Secure chat: ${url}, as ada (analytical engine) or grace (first actual bug)`)

app.on('open', ({ identity }) => console.log(`  + ${identity.subject}`))
app.on('close', ({ identity }, { code }) => console.log(`  - ${identity?.subject ?? 'nobody'} (${code})`))
app.on('access', ({ identity }, { action, topic, allowed }) => {
  if (!allowed) console.log(`  ! ${identity?.subject} may not ${action} ${topic}`)
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stop())
