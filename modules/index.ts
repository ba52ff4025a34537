export { hostsFile } from './hostsFile.ts'
export { packages } from './packages.ts'
