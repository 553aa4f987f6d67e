//! Tables as Apache Parquet: columns side by side, packed, as programs for large tables like them.

use crate::error::{Error, Result};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use press_core::render::data::{Cell, Column, Kind, Row, Table};
use std::sync::Arc;

/// A table's rows as a file.
pub(super) fn encode(table: &Table, rows: &[Row<'_>]) -> Result<Vec<u8>> {
    let failed = |cause: ParquetError| {
        Error::new(format!("the table {} cannot be written", table.name)).because(cause.to_string())
    };
    try_encode(table, rows).map_err(failed)
}

fn try_encode(table: &Table, rows: &[Row<'_>]) -> parquet::errors::Result<Vec<u8>> {
    let fields = table
        .columns
        .iter()
        .map(field)
        .collect::<parquet::errors::Result<_>>()?;
    let schema = Arc::new(
        Type::group_type_builder(table.name)
            .with_fields(fields)
            .build()?,
    );
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(concat!("Pressroom ", env!("CARGO_PKG_VERSION")).to_owned());
    let mut bytes = Vec::new();
    let mut file = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties.build()))?;
    let mut group = file.next_row_group()?;
    let mut at = 0;
    while let Some(mut column) = group.next_column()? {
        write(
            &mut column,
            table.columns[at].kind,
            rows.iter().map(|row| &row[at]),
        )?;
        column.close()?;
        at += 1;
    }
    group.close()?;
    file.close()?;
    Ok(bytes)
}

/// Texts and flags always are there; numbers and days may be missing; texts are a list as the format's
/// specification (LogicalTypes, "Lists") writes it.
fn field(column: &Column) -> parquet::errors::Result<Arc<Type>> {
    let text = |name: &str| {
        Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
            .with_repetition(Repetition::REQUIRED)
            .with_logical_type(Some(LogicalType::String))
            .build()
    };
    let name = column.name;
    let field = match column.kind {
        Kind::Text => text(name)?,
        Kind::Number => Type::primitive_type_builder(name, Physical::INT64)
            .with_repetition(Repetition::OPTIONAL)
            .build()?,
        Kind::Day => Type::primitive_type_builder(name, Physical::INT32)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(Some(LogicalType::Date))
            .build()?,
        Kind::Flag => Type::primitive_type_builder(name, Physical::BOOLEAN)
            .with_repetition(Repetition::REQUIRED)
            .build()?,
        Kind::Texts => {
            let repeated = Type::group_type_builder("list")
                .with_repetition(Repetition::REPEATED)
                .with_fields(vec![Arc::new(text("element")?)])
                .build()?;
            Type::group_type_builder(name)
                .with_repetition(Repetition::REQUIRED)
                .with_logical_type(Some(LogicalType::List))
                .with_fields(vec![Arc::new(repeated)])
                .build()?
        }
    };
    Ok(Arc::new(field))
}

fn write<'c, 'r: 'c>(
    column: &mut SerializedColumnWriter<'_>,
    kind: Kind,
    cells: impl Iterator<Item = &'c Cell<'r>>,
) -> parquet::errors::Result<usize> {
    match kind {
        Kind::Text => {
            let values: Vec<ByteArray> = cells
                .map(|cell| cell.plain().as_bytes().to_vec().into())
                .collect();
            column
                .typed::<ByteArrayType>()
                .write_batch(&values, None, None)
        }
        Kind::Flag => {
            let values: Vec<bool> = cells.map(|cell| *cell == Cell::Flag(true)).collect();
            column.typed::<BoolType>().write_batch(&values, None, None)
        }
        Kind::Number => {
            let numbers: Vec<Option<i64>> = cells.map(number).collect();
            let values: Vec<i64> = numbers.iter().flatten().copied().collect();
            column
                .typed::<Int64Type>()
                .write_batch(&values, Some(&levels(&numbers)), None)
        }
        Kind::Day => {
            let days: Vec<Option<i32>> = cells.map(days).collect();
            let values: Vec<i32> = days.iter().flatten().copied().collect();
            column
                .typed::<Int32Type>()
                .write_batch(&values, Some(&levels(&days)), None)
        }
        Kind::Texts => {
            let (mut values, mut there, mut again) = (Vec::new(), Vec::new(), Vec::new());
            for cell in cells {
                let Cell::Texts(texts) = cell else { continue };
                values.extend(
                    texts
                        .iter()
                        .map(|text| ByteArray::from(text.as_bytes().to_vec())),
                );
                // An empty list is one entry with nothing in it; further entries of a list repeat.
                let entries = texts.len().max(1);
                there.extend((0..entries).map(|_| i16::from(!texts.is_empty())));
                again.extend((0..entries).map(|at| i16::from(at > 0)));
            }
            column
                .typed::<ByteArrayType>()
                .write_batch(&values, Some(&there), Some(&again))
        }
    }
}

/// Which values are there.
fn levels<T>(values: &[Option<T>]) -> Vec<i16> {
    values
        .iter()
        .map(|value| i16::from(value.is_some()))
        .collect()
}

fn number(cell: &Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Number(number) => *number,
        _ => None,
    }
}

/// Days since 1970-01-01, as the format counts them.
fn days(cell: &Cell<'_>) -> Option<i32> {
    let Cell::Day(Some(day)) = cell else {
        return None;
    };
    let since = jiff::civil::date(1970, 1, 1).until(*day);
    since.ok().map(|span| span.get_days())
}
