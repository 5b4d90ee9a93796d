import type { ColumnPart, IndexPart, Statement } from './statement.js';

/** A table as the database has it. Names of columns are compared in small letters, as the servers do. */
export interface TableState {
  readonly columns: Set<string>;
  readonly indexes: { readonly name: string; readonly unique: boolean; readonly columns: readonly string[] }[];
}

/** By table name. `missingStatements` keeps it up to date, so that a plan for many statements needs one look at the database. */
export type SchemaState = Map<string, TableState>;

/**
 * What of a migration's statement is still to be run on a database in `state`: all of it, the missing columns and indexes of a table
 * that somebody else made, or nothing. It never drops, changes or renames anything. `following` are the indexes that later statements
 * give the table: a table that is made here gets them at once, which is three times as fast as one after the other.
 */
export function missingStatements(
  text: string,
  statement: Statement,
  state: SchemaState,
  following: readonly IndexPart[] = [],
): string[] {
  switch (statement.kind) {
    case 'create-table': {
      const table = state.get(statement.table);
      if (table !== undefined) {
        return [
          ...statement.columns.flatMap((column) => missingColumn(statement.table, column, table)),
          ...statement.indexes.flatMap((index) => missingIndex(statement.table, index, table)),
        ];
      }
      state.set(statement.table, {
        columns: new Set(statement.columns.map(({ name }) => name.toLowerCase())),
        indexes: [...statement.indexes, ...following],
      });
      // Neither an old server's MyISAM nor a latin1 schema may decide where names and transactions end up.
      return [`${withIndexes(text, following)} ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4`];
    }
    case 'add-column':
      return missingColumn(statement.table, statement.column, tableOf(state, statement.table));
    case 'create-index':
      return missingIndex(statement.table, statement.index, tableOf(state, statement.table));
    case 'other':
      return [text];
  }
}

function tableOf(state: SchemaState, name: string): TableState {
  const table = state.get(name) ?? { columns: new Set(), indexes: [] };
  state.set(name, table);
  return table;
}

function missingColumn(name: string, column: ColumnPart, table: TableState): string[] {
  const key = column.name.toLowerCase();
  if (table.columns.has(key)) return [];
  table.columns.add(key);
  return [`ALTER TABLE \`${name}\` ADD COLUMN ${column.definition}`];
}

function missingIndex(name: string, index: IndexPart, table: TableState): string[] {
  if (table.indexes.some((present) => serves(present, index))) return [];
  const free = freeName(index.name, table);
  table.indexes.push({ ...index, name: free });
  return [`CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX \`${free}\` ON \`${name}\` (${columnList(index)})`];
}

function withIndexes(text: string, indexes: readonly IndexPart[]): string {
  const lines = indexes.map((index) => {
    const kind = index.unique ? 'UNIQUE INDEX' : 'INDEX';
    return `,\n\t${kind} \`${index.name}\` (${columnList(index)})`;
  });
  return text.replace(/\n\)$/, `${lines.join('')}\n)`);
}

function columnList(index: IndexPart): string {
  return index.columns.map((column) => `\`${column}\``).join(',');
}

/** Whatever its name; a unique index over the same columns serves as a plain one too. */
function serves(present: IndexPart, wanted: IndexPart): boolean {
  const same = present.columns.join().toLowerCase() === wanted.columns.join().toLowerCase();
  return same && (present.unique || !wanted.unique);
}

/** Somebody else's index may have the name and other columns: it stays, and ours gets a number. */
function freeName(wanted: string, table: TableState): string {
  const taken = new Set(table.indexes.map(({ name }) => name.toLowerCase()));
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted}_${n}`;
    if (!taken.has(name.toLowerCase())) return name;
  }
}
