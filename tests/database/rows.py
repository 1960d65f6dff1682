"""What a row holds."""


def columns_of(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
