#!/usr/bin/env node
/** The executable. What it loads is compiled once: Node 22.1 and later keep that in the folder for temporary files. */
import module from 'node:module';
import { guardTerminal } from './shared/terminal.ts';

const { enableCompileCache } = module as { enableCompileCache?: () => unknown };
enableCompileCache?.();

const { onOutputError, runProgram } = await import('./program.ts');
guardTerminal();
process.stdout.on('error', onOutputError);
process.stderr.on('error', () => {
  // There is no stream left to report it on.
});
await runProgram(process.argv);
