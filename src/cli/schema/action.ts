/** `schema`: prints the JSON Schema of scenario files. */
import { scenarioFileSchema } from '../../files/scenario-schema.ts';
import { printJson } from '../shared/terminal.ts';

/** Prints the schema with its defaults and descriptions, as editors read it. */
export function printSchema(): void {
  printJson(scenarioFileSchema);
}
