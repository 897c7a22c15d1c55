using System.Collections.Frozen;

namespace Paddock.Core.Names;

/// <summary>Latin letters outside ASCII as ASCII letters. A table, since without ICU data the framework decomposes nothing.</summary>
internal static class Transliteration
{
    private static readonly FrozenDictionary<char, string> Latin = new (string Ascii, string Letters)[]
    {
        ("a", "àáâãäåāăąǎǟǡǻȁȃȧạảấầẩẫậắằẳẵặªÀÁÂÃÄÅĀĂĄǍǞǠǺȀȂȦẠẢẤẦẨẪẬẮẰẲẴẶ"), ("ae", "æǣǽÆǢǼ"),
        ("b", "ƀḃḅḇɓḂḄḆƁ"), ("c", "çćĉċčƈÇĆĈĊČƇ"), ("d", "ďđðḋḍḏḑḓɖɗĎĐÐḊḌḎḐḒƉƊ"),
        ("e", "èéêëēĕėęěȅȇȩẹẻẽếềểễệÈÉÊËĒĔĖĘĚȄȆȨẸẺẼẾỀỂỄỆ"), ("f", "ƒḟƑḞ"), ("g", "ĝğġģǥǧǵḡɠĜĞĠĢǤǦǴḠƓ"),
        ("h", "ĥħȟḣḥḧḩḫĤĦȞḢḤḦḨḪ"), ("i", "ìíîïĩīĭįıǐȉȋḭḯỉịÌÍÎÏĨĪĬĮİǏȈȊḬḮỈỊ"), ("ij", "ĳĲ"), ("j", "ĵǰĴ"),
        ("k", "ķĸǩḱḳḵƙĶǨḰḲḴƘ"), ("l", "ĺļľŀłḷḹḻḽĹĻĽĿŁḶḸḺḼ"), ("m", "ḿṁṃḾṀṂ"), ("n", "ñńņňŉǹṅṇṉṋÑŃŅŇǸṄṆṈṊ"), ("ng", "ŋŊ"),
        ("o", "òóôõöøōŏőơǒǫǭǿȍȏȫȭȯȱọỏốồổỗộớờởỡợºÒÓÔÕÖØŌŎŐƠǑǪǬǾȌȎȪȬȮȰỌỎỐỒỔỖỘỚỜỞỠỢ"), ("oe", "œŒ"),
        ("p", "ṕṗƥṔṖƤ"), ("r", "ŕŗřȑȓṙṛṝṟŔŖŘȐȒṘṚṜṞ"), ("s", "śŝşšșſṡṣṥṧṩŚŜŞŠȘṠṢṤṦṨ"), ("ss", "ßẞ"),
        ("t", "ţťŧțṫṭṯṱẗŢŤŦȚṪṬṮṰ"), ("th", "þÞ"), ("u", "ùúûüũūŭůűųưǔǖǘǚǜȕȗụủứừửữựµμÙÚÛÜŨŪŬŮŰŲƯǓǕǗǙǛȔȖỤỦỨỪỬỮỰ"),
        ("v", "ṽṿṼṾ"), ("w", "ŵẁẃẅẇẉẘŴẀẂẄẆẈ"), ("x", "ẋẍẊẌ"), ("y", "ýÿŷȳẏẙỳỵỷỹÝŸŶȲẎỲỴỶỸ"), ("z", "źżžƶẑẓẕŹŻŽƵẐẒẔ"),
    }.SelectMany(row => row.Letters.Select(letter => KeyValuePair.Create(letter, row.Ascii))).ToFrozenDictionary();

    public static string? Of(char letter) => Latin.GetValueOrDefault(letter);
}
