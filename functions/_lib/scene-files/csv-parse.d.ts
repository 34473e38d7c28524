/** As much of csv-parse as is used. Its own declarations need those of Node, which this platform is not. */

declare module "csv-parse/browser/esm/sync" {
  export interface Options {
    delimiter: string;
    /** With what was read of the file up to the record's end. What is null is not kept. */
    on_record: (record: string[], context: { bytes: number }) => null;
    record_delimiter: string[];
    relax_column_count: true;
    relax_quotes: true;
    skip_empty_lines: true;
  }

  export class CsvError extends Error {
    code: string;
  }

  export function parse(text: Uint8Array, options: Options): unknown;
}
