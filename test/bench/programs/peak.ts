import { appendFileSync } from 'node:fs'

// Loaded ahead of a program by --import: writes down the program's peak memory, in KB, when it ends.
const path = process.env['BENCH_PEAK']
if (path !== undefined) process.on('exit', () => appendFileSync(path, `${process.resourceUsage().maxRSS}\n`))
