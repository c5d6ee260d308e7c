export type { Attachment } from '@linkspan/ws/host'
export { type AttachOptions, attach, type KoaApplication } from './attach.js'
export { native } from './native.js'
export { type UpgradeMiddleware, upgrade } from './upgrade.js'
