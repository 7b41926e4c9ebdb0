output "all" {
  value = {
    arithmetic = [1 + 2 * 3, 7 / 2, 7 % 3, -7 % 3, -(2), 10 / 3, "4" + "5", 0.1 + 0.2]
    compare    = [1 < 2, 2 <= 2, 3 > 4, "10" >= 9, 1 == 1.0, "1" == 1, null == null, "a" != "b"]
    logic      = [true && false, true || false, !true, "true" && true]
    equality   = [[1, 2] == [1, 2], { a = 1 } == { a = 1 }, [1] == ["1"], tolist([1]) == tolist([1]), {} == null]
    precedence = 1 + 2 == 3 && !false || false
  }
}
