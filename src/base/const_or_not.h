#pragma once

#include <concepts>
#include <type_traits>

namespace cellsweep {

// `Type` is `Of` or const Of: of a function that visits a record's fields, to write them or to read them.
template <class Type, class Of>
concept ConstOrNot = std::same_as<std::remove_const_t<Type>, Of>;

}  // namespace cellsweep
